"""Reads exports with training libraries: datasets, TRL's trainers, the types of openai.

Use a separate environment, without Kotae:

    pip install datasets trl openai
    python benchmarks/export/readers.py DIR/*/out

The model is tiny and random, and its tokenizer comes from the rows. One step shows that the
trainers accept the files unchanged and what they train on, not that they learn anything.
"""

import json
import sys
import tempfile
from pathlib import Path

import datasets
import torch
import transformers
import trl
from openai.types.chat import ChatCompletionMessageParam
from pydantic import TypeAdapter
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer
from trl.data_utils import is_conversational

TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
MESSAGES = TypeAdapter(list[ChatCompletionMessageParam])


def tokenizer_of(texts: list[str]) -> PreTrainedTokenizerFast:
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    special = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    raw.train_from_iterator(
        texts,
        trainers.BpeTrainer(vocab_size=800, special_tokens=special, initial_alphabet=alphabet),
    )
    made = PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="<|pad|>", eos_token="<|end|>")
    made.chat_template = TEMPLATE
    return made


def tiny(tokenizer: PreTrainedTokenizerFast) -> Qwen2ForCausalLM:
    torch.manual_seed(0)
    return Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_key_value_heads=2,
        )
    )


def openai_types(file: Path) -> None:
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    for row in rows:
        parts = (
            [row["messages"]]
            if "messages" in row
            else [row["input"]["messages"], row["preferred_output"], row["non_preferred_output"]]
        )
        for messages in parts:
            MESSAGES.validate_python(messages, strict=True)
    print(f"  openai types: {len(rows)} rows of {file.name} accepted")


def trained(loaded: datasets.DatasetDict, where: str) -> None:
    columns = loaded["train"].column_names
    example = loaded["train"][0]
    texts = [json.dumps(row, ensure_ascii=False) for part in loaded.values() for row in part]
    tokenizer = tokenizer_of(texts)
    common = {
        "output_dir": where,
        "max_steps": 1,
        "per_device_train_batch_size": 2,
        "report_to": [],
        "use_cpu": True,
        "max_length": 2048,
        "gradient_checkpointing": False,
        "bf16": False,
    }
    print(f"  trl.is_conversational: {is_conversational(example)}; columns {columns}")
    if "rejected" in columns:
        trainer = DPOTrainer(
            model=tiny(tokenizer),
            ref_model=tiny(tokenizer),
            args=DPOConfig(**common),
            train_dataset=loaded["train"],
            eval_dataset=loaded.get("validation"),
            processing_class=tokenizer,
        )
    else:
        trainer = SFTTrainer(
            model=tiny(tokenizer),
            args=SFTConfig(**common),
            train_dataset=loaded["train"],
            eval_dataset=loaded.get("validation"),
            processing_class=tokenizer,
        )
    batch = next(iter(trainer.get_train_dataloader()))
    if "labels" in batch:
        learnt = batch["labels"][0]
        print("  learnt from the first row:", repr(tokenizer.decode(learnt[learnt >= 0])))
    else:
        print("  batch:", {name: tuple(value.shape) for name, value in batch.items()})
    print(f"  {type(trainer).__name__}: one step, loss {trainer.train().training_loss:.3f}")


for place in map(Path, sys.argv[1:]):
    found = {path.stem: str(path) for path in sorted(place.glob("*.jsonl"))}
    with tempfile.TemporaryDirectory() as cache:
        loaded = datasets.load_dataset("json", data_files=found, cache_dir=cache)
        print(f"{place}: load_dataset { ({name: part.num_rows for name, part in loaded.items()}) }")
        keys = set(loaded["train"].column_names)
        if keys & {"input", "messages"}:
            for path in found.values():
                openai_types(Path(path))
        if keys == {"messages"} or "prompt" in keys:
            trained(loaded, cache)

versions = (datasets, transformers, trl, torch)
print(", ".join(f"{module.__name__} {module.__version__}" for module in versions))
