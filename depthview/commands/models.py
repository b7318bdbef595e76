"""`depthview models ...`: the model library."""

import typer

from depthview.commands import options
from depthview.commands.outcome import Result, carry_out
from depthview.engine.models.library import ModelLibrary, models_folder

app = typer.Typer(help="The models that this machine has.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The models that this machine has."""


@app.command("list")
def list_models(json: options.Json = False) -> None:
    """List the built-in models and the ONNX files in the models folder."""

    def work() -> Result:
        models = [
            {
                "id": family.model_id,
                "title": family.title,
                "iterations": list(family.iterations),
                "most_iterations": family.most_iterations,
                "resolutions": [f"{h}x{w}" for h, w in family.sizes_hw],
                "any_resolution": family.takes_any_size,
                "holds_rate": family.holds_rate,
                "files": [str(v.path) for v in family.variants if v.path is not None],
            }
            for family in ModelLibrary().families
        ]
        return {"models": models, "folder": str(models_folder())}

    def say(result: Result) -> str:
        lines = []
        for model in result["models"]:
            lines.append(f"{model['id']}: {model['title']}")
            if model["most_iterations"]:
                lines.append(f"    iterations   1 to {model['most_iterations']}")
            elif model["iterations"]:
                lines.append("    iterations   " + ", ".join(map(str, model["iterations"])))
            sizes = "any" if model["any_resolution"] else ", ".join(model["resolutions"])
            lines.append(f"    resolutions  {sizes}")
        lines.append(f"Put stereo ONNX files here to see them in this list: {result['folder']}")
        return "\n".join(lines)

    carry_out(work, as_json=json, say=say)
