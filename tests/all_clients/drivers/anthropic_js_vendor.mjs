// /// client
// title = "@anthropic-ai/sdk, `BedrockRelay.MESSAGES`"
// package = "@anthropic-ai/sdk"
// environments = ["javascript"]
// function = "messages"
// ///
import "./anthropic_js.mjs";
