// /// client
// title = "AI SDK, createOpenAI(), Responses"
// package = "ai"
// environments = ["ai-5", "ai-6", "ai-7"]
// function = "nova"
// [fails]
// thinking = "the provider refers to stored items; with `store: false` it sends the reasoning back"
// [fails.ai-5]
// tools = "the provider refers to stored items; with `store: false` it sends them in full"
// ///
import { createOpenAI } from "@ai-sdk/openai";
import { drive } from "./ai_sdk.mjs";
import { MODEL, URL_OF_API } from "./driving.mjs";

await drive(createOpenAI({ baseURL: `${URL_OF_API}/v1`, apiKey: "key" })(MODEL));
