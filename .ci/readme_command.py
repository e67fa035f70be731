"""Print the n-th fenced bash command of the README, so that what is tested is what is promised."""

import pathlib
import re
import sys

text = pathlib.Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
print(re.findall(r"```bash\n(.+?)\n```", text, flags=re.DOTALL)[int(sys.argv[1]) - 1])
