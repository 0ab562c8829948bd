// /// client
// title = "AI SDK, createOpenAICompatible()"
// package = "ai"
// environments = ["ai-5", "ai-6", "ai-7"]
// function = "nova"
// [without.ai-5]
// pdf = "the provider of this version takes no files but images"
// [fails]
// thinking = "the provider returns the reasoning without its signature, and Bedrock takes none without"
// ///
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { drive } from "./ai_sdk.mjs";
import { MODEL, URL_OF_API } from "./driving.mjs";

const settings = { name: "mine", baseURL: `${URL_OF_API}/v1`, apiKey: "key", includeUsage: true };
await drive(createOpenAICompatible({ ...settings, supportsStructuredOutputs: true })(MODEL));
