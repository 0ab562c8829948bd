// Run the scenarios of a driver: `driver URL NAME SCENARIO...` prints a line of JSON for each; see driving.py.
import { readFileSync } from "node:fs";

export const SCENARIOS = JSON.parse(readFileSync(new URL("scenarios.json", import.meta.url)));
const MODELS = {
  nova: "us.amazon.nova-2-lite-v1:0",
  claude: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
  messages: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
  responses: "us.openai.gpt-5.6-sol",
};
export const CITY_TOOL = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
// The schema of structured output.
export const CITY = {
  type: "object",
  properties: { name: { type: "string" }, population: { type: "integer" } },
  required: ["name", "population"],
  additionalProperties: false,
};
// The end of a prompt that has the model say such an object, where the client asks for it in words.
export const SAID = '[[say={"name": "Bonn", "population": 3}]]';
export const TOOLS = { weather: ({ city }) => `rain in ${city}`, clock: ({ city }) => `noon in ${city}` };
export const LIMIT = SCENARIOS.truncation.limit;
export const PNG = SCENARIOS.image.base64;
export const PDF = SCENARIOS.pdf.base64;
export const [, , URL_OF_API, NAME, ...WANTED] = process.argv;
export const MODEL = MODELS[URL_OF_API.split("/").at(-1)] ?? MODELS.claude;

export const prompt = (scenario, member = "prompt") => `${SCENARIOS[scenario][member]} ${NAME}`;

export async function run(scenarios) {
  for (const scenario of WANTED) {
    let outcome;
    try {
      outcome = await scenarios[scenario]();
    } catch (error) {
      outcome = { error: told(error) };
    }
    console.log(`\n${JSON.stringify({ scenario, ...outcome })}`);
  }
}

export function told(error) {
  const chain = [];
  for (let each = error; each && !chain.includes(each); each = each.cause ?? each.lastError) chain.push(each);
  const status = (each) => each.status ?? each.statusCode ?? each.$metadata?.httpStatusCode;
  return {
    type: error.constructor?.name ?? typeof error,
    status: chain.map(status).find((each) => each) ?? null,
    message: chain.map((each) => each.message ?? JSON.stringify(each)).join(" | "),
  };
}
