"""Prints the prices of genai-prices as TOML: US dollars for a million tokens, by provider and model."""

import datetime
import importlib.metadata
import json

from genai_prices import data

# The package's name of a provider, and ours. A tiered price counts with its first tier,
# one that changes with the time of day with its highest.
PROVIDERS = {
    "openai": "openai",
    "deepseek": "deepseek",
    "groq": "groq",
    "openrouter": "openrouter",
    "mistral": "mistral",
    "anthropic": "anthropic",
    "google": "gemini",
    "aws": "bedrock",
}
now = datetime.datetime.now(datetime.timezone.utc)
HOURS = [now.replace(hour=hour) for hour in range(24)]


def number(prices):
    known = [float(getattr(p, "base", p)) for p in prices if p is not None]
    return max(known) if known else None


print("# US dollars for a million tokens. Made by scripts/prices.sh from PyPI's genai-prices "
      f"{importlib.metadata.version('genai-prices')} (MIT); do not edit.")
print("# Your own figures go into prices.toml in the config folder, in the same form.")
print(f'as_of = "{now.date().isoformat()}"')
for provider in data.providers:
    ours = PROVIDERS.get(provider.id)
    if ours is None:
        continue
    print(f"\n[{ours}]")
    for model in sorted(provider.models, key=lambda m: m.id):
        prices = [model.get_prices(hour) for hour in HOURS]
        pair = number([p.input_mtok for p in prices]), number([p.output_mtok for p in prices])
        if None in pair:
            continue
        cached = number([p.cache_read_mtok for p in prices])
        row = f"input = {pair[0]}, output = {pair[1]}" + (f", cached = {cached}" if cached is not None else "")
        print(f"{json.dumps(model.id)} = {{ {row} }}")
