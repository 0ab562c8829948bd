// /// client
// title = "AI SDK, createOpenAI().chat"
// package = "ai"
// environments = ["ai-5", "ai-6", "ai-7"]
// function = "nova"
// [without]
// thinking = "the provider reads no reasoning of Chat Completions"
// ///
import { createOpenAI } from "@ai-sdk/openai";
import { drive } from "./ai_sdk.mjs";
import { MODEL, URL_OF_API } from "./driving.mjs";

await drive(createOpenAI({ baseURL: `${URL_OF_API}/v1`, apiKey: "key" }).chat(MODEL));
