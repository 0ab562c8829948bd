"""Drive LLM with models of its file extra-openai-models.yaml: every llm_*.py beside this writes one."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import driving
import llm
from driving import prompt


def drive(**kind: object) -> None:
    """Run the scenarios.

    :param kind: what the file says of the model besides its name and URL
    """
    folder = Path(os.environ["HOME"]) / "llm"
    folder.mkdir()
    os.environ["LLM_USER_PATH"] = str(folder)
    told = {"model_id": "mine", "model_name": driving.MODEL, "api_base": f"{driving.URL}/v1", **kind}
    (folder / "extra-openai-models.yaml").write_text(json.dumps([told]), "utf-8")
    model = llm.get_model("mine")

    def text(scenario: str = "text") -> dict[str, object]:
        return {"text": model.prompt(prompt(scenario), stream=False).text()}

    def stream(scenario: str = "stream") -> dict[str, object]:
        return {"pieces": list(model.prompt(prompt(scenario)))}

    def tools() -> dict[str, object]:
        calls = []

        def weather(city: str) -> str:
            """Return the weather."""
            return driving.TOOLS["weather"](city)

        def clock(city: str) -> str:
            """Return the time."""
            return driving.TOOLS["clock"](city)

        answer = model.chain(
            prompt("tools"),
            tools=[weather, clock],
            before_call=lambda tool, call: calls.append([call.name, call.arguments]),
        )
        return {"calls": calls, "text": answer.text()}

    def structured() -> dict[str, object]:
        answer = model.prompt(prompt("structured"), schema=driving.CITY)
        return {"modes": {"schema": json.loads(answer.text())}}

    def see(scenario: str, data: str) -> dict[str, object]:
        file = llm.Attachment(content=base64.b64decode(data))
        return {"text": model.prompt(prompt(scenario), attachments=[file]).text()}

    def thinking() -> dict[str, object]:
        conversation = model.conversation()
        answer = conversation.prompt(prompt("thinking"))
        events = list(answer.stream_events())
        thought = "".join(each.chunk for each in events if each.type == "reasoning")
        return {"thinking": thought, "text": conversation.prompt(prompt("thinking", "then")).text()}

    def usage() -> dict[str, object]:
        answer = model.prompt(prompt("usage"))
        answer.text()
        return {"usage": [answer.input_tokens, answer.output_tokens]}

    def ended(scenario: str, **more: object) -> dict[str, object]:
        answer = model.prompt(prompt(scenario), stream=False, **more)
        said, told = answer.text(), answer.response_json
        if "choices" in told:
            return {"finish": told["choices"][0]["finish_reason"], "text": said}
        return {"finish": f"incomplete: {told['incomplete_details']['reason']}", "text": said}

    driving.run(
        text=text,
        stream=stream,
        tools=tools,
        structured=structured,
        image=lambda: see("image", driving.PNG),
        pdf=lambda: see("pdf", driving.PDF),
        thinking=thinking,
        usage=usage,
        filtered=lambda: ended("filtered"),
        refused=lambda: text("refused"),
        throttled=lambda: text("throttled"),
        retry=lambda: text("retry"),
        failure=lambda: stream("failure"),
        cut=lambda: stream("cut"),
        truncation=lambda: ended("truncation", max_tokens=driving.LIMIT),
    )
