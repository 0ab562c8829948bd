"""List what models cost on demand, in USD for a million tokens.

Of the price map of LiteLLM 1.110.2, which cites https://aws.amazon.com/bedrock/pricing/, on 2026-11-30,
without models that have reached their end of life. Prices of a model without a prefix are those of
us-east-1. Steps for long prompts, batches and commitments are left out. A test holds each row to that map.
"""

from __future__ import annotations

#: When the prices were copied.
DATE = "2026-11-30"
#: Prefixes of inference profiles, "-" for none; id of the model; input, output, cache read, cache write and
#: cache write for an hour, as far as there is a price; and the same for each service tier that has its own.
ROWS = """
-|global amazon.nova-2-lite-v1:0 0.3,2.5,0.075 priority=0.525,4.375,0.13125
us amazon.nova-2-lite-v1:0 0.33,2.75,0.0825 priority=0.5775,4.8125,0.144375 flex=0.165,1.375,0.04125
eu amazon.nova-2-lite-v1:0 0.429,3.597,0.10725
apac amazon.nova-2-lite-v1:0 0.396,3.311,0.099
jp amazon.nova-2-lite-v1:0 0.396,3.311,0.099 priority=0.693,5.79425,0.17325 flex=0.198,1.6555,0.0495
-|us amazon.nova-lite-v1:0 0.06,0.24,0.015
eu amazon.nova-lite-v1:0 0.078,0.312,0.0195
apac amazon.nova-lite-v1:0 0.063,0.252,0.01575
-|us amazon.nova-micro-v1:0 0.035,0.14,0.00875
eu amazon.nova-micro-v1:0 0.046,0.184,0.0115
apac amazon.nova-micro-v1:0 0.037,0.148,0.00925
-|us amazon.nova-pro-v1:0 0.8,3.2,0.2 priority=1.4,5.6,0.35 flex=0.4,1.6,0.1
eu amazon.nova-pro-v1:0 1.05,4.2,0.2625 flex=0.525,2.1,0.13125
apac amazon.nova-pro-v1:0 0.84,3.36,0.21 flex=0.42,1.68,0.105
-|global anthropic.claude-fable-5 10,50,1,12.5,20
us|eu|apac|au anthropic.claude-fable-5 11,55,1.1,13.75,22
-|global anthropic.claude-fable-5-1 10,50,0.25,12.5,20
us|eu anthropic.claude-fable-5-1 11,55,0.275,13.75,22
us-gov anthropic.claude-fable-5-1 12,60,0.3,15,24
-|global anthropic.claude-haiku-4-5-20251001-v1:0 1,5,0.1,1.25,2
us|eu|au|jp anthropic.claude-haiku-4-5-20251001-v1:0 1.1,5.5,0.11,1.375,2.2
apac anthropic.claude-haiku-4-5-20251001-v1:0 1.1,5.5,0.11,1.375
-|global anthropic.claude-haiku-5-5 0.1,0.5,0.01,0.125,0.2
us|eu|apac|au|jp anthropic.claude-haiku-5-5 0.11,0.55,0.011,0.1375,0.22
us-gov anthropic.claude-haiku-5-5 0.12,0.6,0.012,0.15,0.24
us anthropic.claude-mythos-5 11,55,1.1,13.75,22
-|global anthropic.claude-mythos-5-1 10,50,0.25,12.5,20
us anthropic.claude-mythos-5-1 11,55,0.275,13.75,22
-|us|eu anthropic.claude-opus-4-1-20250805-v1:0 15,75,1.5,18.75
-|global anthropic.claude-opus-4-5-20251101-v1:0 5,25,0.5,6.25,10
us|eu anthropic.claude-opus-4-5-20251101-v1:0 5.5,27.5,0.55,6.875,11
-|global anthropic.claude-opus-4-6-v1 5,25,0.5,6.25,10
us|eu|au anthropic.claude-opus-4-6-v1 5.5,27.5,0.55,6.875,11
-|global anthropic.claude-opus-4-7 5,25,0.5,6.25,10
us|eu|apac|au|jp anthropic.claude-opus-4-7 5.5,27.5,0.55,6.875,11
-|global anthropic.claude-opus-4-8 5,25,0.5,6.25,10
us|eu|apac|au|jp anthropic.claude-opus-4-8 5.5,27.5,0.55,6.875,11
us-gov anthropic.claude-opus-4-8 6,30,0.6,7.5,12
-|global anthropic.claude-opus-5 5,25,0.5,6.25,10
us|eu|apac|au|jp anthropic.claude-opus-5 5.5,27.5,0.55,6.875,11
us-gov anthropic.claude-opus-5 6,30,0.6,7.5,12
-|global anthropic.claude-opus-5-5 4,20,0.2,5,8
us|eu|apac|au|jp anthropic.claude-opus-5-5 4.4,22,0.22,5.5,8.8
us-gov anthropic.claude-opus-5-5 4.8,24,0.24,6,9.6
-|global anthropic.claude-sonnet-4-5-20250929-v1:0 3,15,0.3,3.75,6
us|eu|au|jp anthropic.claude-sonnet-4-5-20250929-v1:0 3.3,16.5,0.33,4.125,6.6
us-gov anthropic.claude-sonnet-4-5-20250929-v1:0 3.6,18,0.36,4.5,7.2
-|global anthropic.claude-sonnet-4-6 3,15,0.3,3.75,6
us|eu|apac|au|jp anthropic.claude-sonnet-4-6 3.3,16.5,0.33,4.125,6.6
-|global anthropic.claude-sonnet-5 2,10,0.2,2.5,4
us|eu|apac|au|jp anthropic.claude-sonnet-5 2.2,11,0.22,2.75,4.4
us-gov anthropic.claude-sonnet-5 2.4,12,0.24,3,4.8
-|global anthropic.claude-sonnet-5-5 2,10,0.1,2.5,4
us|eu|apac|au|jp anthropic.claude-sonnet-5-5 2.2,11,0.11,2.75,4.4
us-gov anthropic.claude-sonnet-5-5 2.4,12,0.12,3,4.8
-|us deepseek.r1-v1:0 1.35,5.4
- deepseek.v3-v1:0 0.58,1.68
-|us deepseek.v3.2 0.62,1.85 priority=1.085,3.2375 flex=0.31,0.925
eu deepseek.v3.2 0.74,2.22 flex=0.37,1.11
- google.gemma-3-12b-it 0.09,0.29 priority=0.16,0.51 flex=0.05,0.15
- google.gemma-3-27b-it 0.23,0.38 priority=0.4,0.67 flex=0.12,0.19
- google.gemma-3-4b-it 0.04,0.08 priority=0.07,0.14 flex=0.02,0.04
-|us meta.llama3-1-70b-instruct-v1:0 0.72,0.72
-|us meta.llama3-1-8b-instruct-v1:0 0.22,0.22
-|us meta.llama3-3-70b-instruct-v1:0 0.72,0.72
-|us meta.llama4-maverick-17b-instruct-v1:0 0.24,0.97
-|us meta.llama4-scout-17b-instruct-v1:0 0.17,0.66
- minimax.minimax-m2 0.3,1.2 priority=0.52,2.1 flex=0.15,0.6
- minimax.minimax-m2.1 0.3,1.2 priority=0.525,2.1 flex=0.15,0.6
- minimax.minimax-m2.5 0.3,1.2 priority=0.525,2.1 flex=0.15,0.6
- mistral.devstral-2-123b 0.4,2 priority=0.7,3.5 flex=0.2,1
- mistral.magistral-small-2509 0.5,1.5 priority=0.88,2.63 flex=0.25,0.75
- mistral.ministral-3-14b-instruct 0.2,0.2 priority=0.35,0.35 flex=0.1,0.1
- mistral.ministral-3-3b-instruct 0.1,0.1 priority=0.17,0.17 flex=0.05,0.05
- mistral.ministral-3-8b-instruct 0.15,0.15 priority=0.26,0.26 flex=0.07,0.07
- mistral.mistral-large-3-675b-instruct 0.5,1.5 priority=0.88,2.63 flex=0.25,0.75
-|us|eu mistral.pixtral-large-2502-v1:0 2,6
- moonshot.kimi-k2-thinking 0.6,2.5 priority=1.05,4.38
- moonshotai.kimi-k2.5 0.6,3 priority=1.05,5.25 flex=0.3,1.5
- moonshotai.kimi-k3 3.3,16.5,0.33,4.125 priority=5.775,28.875,0.5775,7.21875 flex=1.65,8.25,0.165,2.0625
us|in moonshotai.kimi-k3 3.3,16.5,0.33,4.125 priority=5.775,28.875,0.5775,7.21875 flex=1.65,8.25,0.165,2.0625
global moonshotai.kimi-k3 3,15,0.3,3.75 priority=5.25,26.25,0.525,6.5625 flex=1.5,7.5,0.15,1.875
-|us|in moonshotai.kimi-k3.1 4.4,22,0.22,5.5 priority=7.7,38.5,0.385,9.625 flex=2.2,11,0.11,2.75
global moonshotai.kimi-k3.1 4,20,0.2,5 priority=7,35,0.35,8.75 flex=2,10,0.1,2.5
- nvidia.nemotron-nano-12b-v2 0.2,0.6 priority=0.35,1.05 flex=0.1,0.3
us-gov nvidia.nemotron-nano-12b-v2 0.24,0.72
- nvidia.nemotron-nano-3-30b 0.06,0.24 priority=0.11,0.42 flex=0.03,0.12
us-gov nvidia.nemotron-nano-3-30b 0.072,0.288
- nvidia.nemotron-nano-9b-v2 0.06,0.23 priority=0.11,0.4 flex=0.03,0.12
us-gov nvidia.nemotron-nano-9b-v2 0.072,0.276
- nvidia.nemotron-super-3-120b 0.15,0.65 priority=0.2625,1.1375 flex=0.075,0.325
us-gov nvidia.nemotron-super-3-120b 0.18,0.78
global openai.gpt-5.4 2.5,15,0.25
us openai.gpt-5.4 2.75,16.5,0.275
global openai.gpt-5.5 5,30,0.5
us openai.gpt-5.5 5.5,33,0.55
global openai.gpt-5.6-luna 0.2,1.2,0.02,0.25
us openai.gpt-5.6-luna 0.22,1.32,0.022,0.275
global openai.gpt-5.6-sol 4,20,0.4,5
us openai.gpt-5.6-sol 4.4,22,0.44,5.5
global openai.gpt-5.6-terra 2,12,0.2,2.5
us openai.gpt-5.6-terra 2.2,13.2,0.22,2.75
global openai.gpt-6-astra 10,50,1,12.5
us openai.gpt-6-astra 11,55,1.1,13.75
-|global openai.gpt-6-luna 0.1,0.5,0.01,0.125
us openai.gpt-6-luna 0.11,0.55,0.011,0.1375
-|global openai.gpt-6-sol 2,10,0.2,2.5
us openai.gpt-6-sol 2.2,11,0.22,2.75
global openai.gpt-6.1-sol 2,10,0.1,2.5
us openai.gpt-6.1-sol 2.2,11,0.11,2.75
global openai.gpt-6.1-terra 1,5,0.05,1.25
us openai.gpt-6.1-terra 1.1,5.5,0.055,1.375
- openai.gpt-oss-120b-1:0 0.15,0.6 priority=0.2625,1.05 flex=0.075,0.3
us-gov openai.gpt-oss-120b-1:0 0.18,0.72
- openai.gpt-oss-20b-1:0 0.07,0.3 priority=0.1225,0.525 flex=0.035,0.15
us-gov openai.gpt-oss-20b-1:0 0.084,0.36
- openai.gpt-oss-safeguard-120b 0.15,0.6 priority=0.26,1.05 flex=0.07,0.3
- openai.gpt-oss-safeguard-20b 0.07,0.2 priority=0.12,0.35 flex=0.03,0.1
- qwen.qwen3-235b-a22b-2507-v1:0 0.22,0.88 flex=0.11,0.44
- qwen.qwen3-32b-v1:0 0.15,0.6 priority=0.2625,1.05 flex=0.075,0.3
- qwen.qwen3-coder-30b-a3b-v1:0 0.15,0.6 priority=0.2625,1.05
- qwen.qwen3-coder-480b-a35b-v1:0 0.45,1.8
- qwen.qwen3-coder-next 0.5,1.2 priority=0.875,2.1 flex=0.25,0.6
- qwen.qwen3-next-80b-a3b 0.15,1.2 priority=0.26,2.1 flex=0.07,0.6
- qwen.qwen3-vl-235b-a22b 0.53,2.66 priority=0.93,4.66
- writer.palmyra-vision-7b 0.15,0.6 priority=0.2625,1.05 flex=0.075,0.3
-|us writer.palmyra-x4-v1:0 2.5,10
-|us writer.palmyra-x5-v1:0 0.6,6
global xai.grok-4.6 2,6,0.5 priority=3.5,10.5,0.875 flex=1,3,0.25
us xai.grok-4.6 2.2,6.6,0.55 priority=3.85,11.55,0.9625 flex=1.1,3.3,0.275
us-gov xai.grok-4.6 2.64,7.92,0.66
global xai.grok-4.7 2,6,0.5 priority=3.5,10.5,0.875 flex=1,3,0.25
us xai.grok-4.7 2.2,6.6,0.55 priority=3.85,11.55,0.9625 flex=1.1,3.3,0.275
us-gov xai.grok-4.7 2.64,7.92,0.66 priority=4.62,13.86,1.155 flex=1.32,3.96,0.33
- zai.glm-4.7 0.6,2.2 priority=1.05,3.85 flex=0.3,1.1
- zai.glm-4.7-flash 0.07,0.4 priority=0.1225,0.7 flex=0.035,0.2
- zai.glm-5 1,3.2 priority=1.75,5.6
global zai.glm-5.3 1.68,5.28,0.312,2.1 priority=2.94,9.24,0.546,3.675 flex=0.84,2.64,0.156,1.05
us zai.glm-5.3 1.848,5.808,0.3432,2.31 priority=3.234,10.164,0.6006,4.0425 flex=0.924,2.904,0.1716,1.155
"""
