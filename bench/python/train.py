"""The bench's training step in PyTorch: transformers' Llama, float32, on the processor; all of it, or adapters by PEFT.

Reads JSON lines: first where the model stands and how it learns, then one batch of token ids a line. Answers each with one
line: what it runs on, then the loss before each step.
"""

import json
import sys

import torch
import transformers
from torch.nn.functional import cross_entropy


def tell(answer):
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main():
    settings = json.loads(sys.stdin.readline())
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(settings["threads"])
    model = transformers.LlamaForCausalLM.from_pretrained(settings["folder"], dtype=torch.float32)
    if "adapter" in settings:
        import peft

        model = peft.PeftModel.from_pretrained(model, settings["adapter"], is_trainable=True)
    model.train()
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(
        parameters,
        lr=settings["learningRate"],
        betas=(settings["beta1"], settings["beta2"]),
        eps=settings["epsilon"],
        weight_decay=settings["decay"],
        fused=True,
    )
    tell({"torch": torch.__version__, "transformers": transformers.__version__, "threads": torch.get_num_threads()})
    for line in sys.stdin:
        ids = torch.tensor(json.loads(line))
        optimizer.zero_grad(set_to_none=True)
        logits = model(input_ids=ids[:, :-1], use_cache=False).logits
        loss = cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, settings["gradientClip"])
        optimizer.step()
        tell({"loss": loss.item()})


main()
