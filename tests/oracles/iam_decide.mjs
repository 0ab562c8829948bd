// Prints what iam-simulate decides: {policies: {kind: document}, cases: [...]} on stdin.
import { runSimulation } from "@cloud-copilot/iam-simulate";

const { policies, cases, account } = JSON.parse(await new Response(process.stdin).text());
const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
const answers = [];
for (const { kind, action, resource, context, region } of cases) {
  const found = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${account}:role/Caller`,
        action,
        resource: { resource, accountId: account },
        contextVariables: { ...context, "aws:RequestedRegion": region },
      },
      identityPolicies: [{ name: kind, policy: policies[kind] }],
      serviceControlPolicies: [{ orgIdentifier: "r-root", policies: [{ name: "all", policy: everything }] }],
      resourceControlPolicies: [],
    },
    { simulationMode: "Strict" },
  );
  const errors = found.resultType === "error" ? found.errors : null;
  answers.push({ decision: found.overallResult, errors, ignored: found.result?.ignoredContextKeys });
}
console.log(JSON.stringify(answers));
