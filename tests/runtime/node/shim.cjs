// Loads AWS's Node.js runtime client without its C++ addon, which needs a toolchain to build. The addon polls for invocations, which
// the client can do over plain HTTP as well, and posts buffered responses, which nobody here sends; streams never touch it.
const Module = require("node:module");

process.env.AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1 = "true";

const load = Module._load;
Module._load = (request, ...rest) => (request === "./rapid-client.node" ? {} : load(request, ...rest));
