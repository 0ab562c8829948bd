// /// client
// title = "openai for JavaScript, `BedrockRelay.RESPONSES`"
// package = "openai"
// environments = ["javascript"]
// function = "responses"
// ///
import "./openai_js_responses.mjs";
