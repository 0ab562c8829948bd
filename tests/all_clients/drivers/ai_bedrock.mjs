// /// client
// title = "AI SDK, createAmazonBedrock()"
// package = "ai"
// environments = ["ai-5", "ai-6", "ai-7"]
// function = "claude"
// ///
import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { drive } from "./ai_sdk.mjs";
import { MODEL, URL_OF_API } from "./driving.mjs";

const settings = { baseURL: URL_OF_API, region: "us-east-1", accessKeyId: "test", secretAccessKey: "test" };
await drive(createAmazonBedrock(settings)(MODEL));
