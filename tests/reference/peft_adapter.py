"""What stock PEFT computes with a LoRA adapter that was written here, beside `waltz score MODEL --lora ADAPTER --text TEXT`.

Run: python tests/reference/peft_adapter.py MODEL.gguf ADAPTER TEXT

Needs what requirements.txt names. One JSON line as `waltz score` writes it: ids, log-probabilities of all but the first, text.
"""

import json
import os
import sys

import peft
import torch
import transformers


def main():
    model_file, adapter, text = sys.argv[1:4]
    folder, name = os.path.split(os.path.abspath(model_file))
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, gguf_file=name)
    base = transformers.AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32)
    model = peft.PeftModel.from_pretrained(base, adapter)
    model.eval()
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        logprobs = model(input_ids=ids).logits[0, :-1].log_softmax(-1)
    scored = logprobs.gather(1, ids[0, 1:, None])[:, 0].tolist()
    print(json.dumps({"ids": ids[0].tolist(), "logprobs": scored, "text": text}))


if __name__ == "__main__":
    main()
