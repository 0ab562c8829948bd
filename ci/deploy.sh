#!/bin/sh
# Deploy, prove, and go back when the proof fails: the same commands as .github/workflows/deploy.yml, for any CI with a
# shell. It needs AWS credentials of the run in the environment, the environment that `make install-deploy` makes, and
#   ASSEMBLY  what `make synth` wrote (default: cdk.out)
#   PREVIOUS  the assembly of the last deployment that streamed, if there is one (default: previous)
#   STACK     what is deployed (default: StreamingChat)
#   TARGET    what is proved, as `streaming-api smoke` takes it: a stack, or the URL of a stage (default: $STACK)
#   RUNS      20 find a fault that hits 15 % of the answers, 3 one that hits 63 % (default: 3)
# It ends with the exit code of the command that failed; after a proof that failed, with the exit code of that proof.
set -eu
bin=${BIN:-.venv/bin}
stack=${STACK:-StreamingChat}
assembly=${ASSEMBLY:-cdk.out}
previous=${PREVIOUS:-previous}
export CDK_DISABLE_CLI_TELEMETRY=true

deploy() {
    "$bin/cdk" deploy "$stack" --app "$1" --require-approval never --progress events --ci
}
prove() {
    "$bin/streaming-api" smoke "${TARGET:-$stack}" --runs "${RUNS:-3}" --wait 120 "$@"
}

"$bin/streaming-api" doctor --cdk "$bin/cdk"
deploy "$assembly"
code=0
prove --junit smoke.xml || code=$?
case $code in
0) exit 0 ;;
1) result="does not stream" ;;
*) result="was not proved to stream (exit code $code)" ;;
esac
if [ -e "$previous/manifest.json" ]; then
    echo "deploy.sh: $stack $result; deploying $previous again" >&2
    # what CI is told is how the proof of this assembly ended
    deploy "$previous" && prove || echo "deploy.sh: $previous was not proved to stream either" >&2
else
    echo "deploy.sh: $stack $result; there is no assembly of an earlier deployment, so it stays" >&2
fi
exit "$code"
