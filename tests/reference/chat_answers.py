"""Compares answers that `waltz evaluate --answers FILE` wrote with greedy ones of transformers, on the same GGUF file.

Run: python tests/reference/chat_answers.py ANSWERS.jsonl MODEL.gguf [how many]

Needs what requirements.txt names. One JSON line: how many answers are equal, and of each that is not the margin of
transformers' choice where they part, in logits: a near tie may fall either way.
"""

import json
import os
import sys

import torch
import transformers


def main():
    answers, model_file = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 50
    with open(answers, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file][:count]
    folder, name = os.path.split(os.path.abspath(model_file))
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, gguf_file=name)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32)
    model.eval()
    equal = 0
    parted = []
    for row in rows:
        messages = [{"role": "user", "content": row["prompt"]}]
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            made = model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=row["tokens"],
                do_sample=False,
                output_logits=True,
                return_dict_in_generate=True,
                pad_token_id=tokenizer.eos_token_id,
            )
        new = made.sequences[0, ids.shape[1] :]
        said = tokenizer.decode(new, skip_special_tokens=True)
        if said == row["answer"]:
            equal += 1
            continue
        margins = [float(top[0] - top[1]) for top in (step[0].topk(2).values for step in made.logits)]
        parted.append({"line": row["line"], "set": row["set"], "smallest_margin": min(margins)})
    print(json.dumps({"answers": len(rows), "equal": equal, "parted": parted, "transformers": transformers.__version__}))


main()
