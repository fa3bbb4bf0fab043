"""The bench's chat model in PyTorch: transformers' Llama, float32, on the processor, greedily and with its KV cache.

Reads JSON lines: first where the model stands, then prompts of equal lengths and how many tokens are wanted behind each, or
"bytes". Answers each with one line: what it runs on, then the new ids, or the most bytes that this process took.
"""

import json
import sys

import torch
import transformers


def tell(answer):
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def peak():
    """None where the system does not count it."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main():
    settings = json.loads(sys.stdin.readline())
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(settings["threads"])
    model = transformers.LlamaForCausalLM.from_pretrained(settings["folder"], dtype=torch.float32)
    model.eval()
    # No token ends a text: every one has its full length.
    model.generation_config = transformers.GenerationConfig(do_sample=False, eos_token_id=None, pad_token_id=0)
    tell({"torch": torch.__version__, "transformers": transformers.__version__, "threads": torch.get_num_threads()})
    for line in sys.stdin:
        asked = json.loads(line)
        if asked == "bytes":
            tell({"bytes": peak()})
            continue
        ids = torch.tensor(asked["prompts"])
        with torch.inference_mode():
            whole = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=asked["newTokens"])
        tell({"ids": whole[:, ids.shape[1] :].tolist()})


main()
