// /// client
// title = "AI SDK, createAnthropic()"
// package = "ai"
// environments = ["ai-5", "ai-6", "ai-7"]
// function = "claude"
// ///
import { createAnthropic } from "@ai-sdk/anthropic";
import { drive } from "./ai_sdk.mjs";
import { MODEL, URL_OF_API } from "./driving.mjs";

await drive(createAnthropic({ baseURL: `${URL_OF_API}/v1`, apiKey: "key" })(MODEL));
