// Starts AWS's runtime client: version 4 runs by itself, version 3 is told to, as its own command logs a line that Lambda does not.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const client = createRequire(import.meta.url).resolve(process.argv[2]);
const { run } = await import(pathToFileURL(client));
if (run) await run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
