// What every client is asked, and how what happened is told; see scenarios.py.
export const PROMPTS = [
  "text", "tools", "[[ValidationException]]", "[[AccessDeniedException]]", "[[ResourceNotFoundException]]",
  "[[ThrottlingException]]", "[[ServiceUnavailableException]]", "[[throttlingException@2]]", "[[cut@2]]",
  "[[silent-end@2]]",
];
export const TOOL_SCHEMA = { type: "object", properties: { city: { type: "string" } } };

export async function run(ask, client, modes = ["stream", "whole"]) {
  const outcomes = {};
  for (const mode of modes) {
    for (const prompt of PROMPTS) {
      const name = `${prompt} ${client} ${mode}`;
      try {
        outcomes[name] = await ask(name, mode === "stream");
      } catch (error) {
        outcomes[name] = {
          error: error.constructor.name, status: error.status ?? null, message: error.message,
          request_id: error.requestID ?? null,
        };
      }
    }
  }
  console.log(JSON.stringify(outcomes));
}
