// Prints what HashiCorp's own parser makes of Terraform configurations: a list of texts on stdin.
import hcl from "@cdktn/hcl2json";

const texts = JSON.parse(await new Response(process.stdin).text());
const parsed = [];
for (const text of texts) {
  // the parser complains about itself on stdout
  try {
    parsed.push(await hcl.parse("main.tf", text));
  } catch (error) {
    parsed.push({ error: String(error) });
  }
}
console.log(JSON.stringify(parsed));
