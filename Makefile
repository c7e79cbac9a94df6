# make notebooks   build the lessons whose source has changed
# make readme      write the tables of README.md anew
# make format      format the code
# make check       what has to pass: formatting, lint, types, tests
.PHONY: notebooks readme format check

notebooks:
	python tools/notebooks.py

readme:
	python tools/readme.py

format:
	ruff format .
	ruff check --fix .

check:
	ruff format --check .
	ruff check .
	mypy
	python -m pytest
