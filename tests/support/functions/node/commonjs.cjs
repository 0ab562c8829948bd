// A module that requires the SDK, and a library of a layer.
const { ConverseStreamCommand } = require("@aws-sdk/client-bedrock-runtime");
const { name } = require("of-a-layer");

exports.handler = async () => ({ statusCode: 200, body: `${ConverseStreamCommand.name} ${name}` });
