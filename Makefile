# LatentLens: what a newcomer types. `make demo` and `make test` are all that is needed.

# Swift's own libraries go into the executable: where it runs, those in C are enough.
SWIFT_BUILD = swift build -c release --static-swift-stdlib
TOOL = .build/release/latentlens

.PHONY: help demo real grid test browser fuzz mpi example build packages sanitized lint bench kills arm limits leaks pillow race clean

help:
	@echo "make demo    install what is missing, build, interpret the demo's images, and say where the report is"
	@echo "make real    the same with published models, which it fetches (188 MB); RUN=run-whole for the whole corpus, run-seeds for both connectors"
	@echo "make grid    the demo, both connectors of make real, and connectors without training, side by side over the same pictures"
	@echo "make test    build and run every test"
	@echo "make browser look at reports with Chromium, and try what they promise"
	@echo "make fuzz    feed every reader of files with what nobody would write; SECONDS=10 for each"
	@echo "make mpi     build with MPI (libopenmpi-dev), and hold several processes to one: 3 minutes, not part of make test"
	@echo "make example build the adapters from outside, and hold them to their references"
	@echo "make kills   end the tool at 200 random moments, and look at what is left"
	@echo "make pillow  damage 3,000 pictures, and compare with what Pillow makes of them (pip install pillow)"
	@echo "make arm     call every kernel as a 64-bit ARM processor would, under QEMU (gcc-aarch64-linux-gnu, qemu-user): a minute"
	@echo "make limits  run it with little memory, few descriptors, full disks: what happens, as a table"
	@echo "make leaks   let it work for long, and look whether its memory grows"
	@echo "make race    run the tests under the thread sanitizer, in a build folder of its own: half an hour"
	@echo "make bench   time the tool against a peer on this machine"
	@echo "make lint    check the format of the sources"

demo: build
	$(TOOL) run models/demo/run.json --out out/demo
	@echo "open out/demo/report.html in a browser"

# SmolLM2 and DINOv2, fetched once, with the connector that was trained here.
REAL = models/real
RUN = run
real: build $(REAL)/weights/concepts-slice.txt
	$(TOOL) run $(REAL)/$(RUN).json --out out/real
	$(TOOL) evaluate out/real
	@echo "open out/real/report.html in a browser"

# The same pictures through five models, in one report.
GRID = out/grid
grid: build $(REAL)/weights/concepts-slice.txt
	for run in demo smollm2; do \
	  $(TOOL) run models/grid/$$run.json --out $(GRID)/$$run && $(TOOL) evaluate $(GRID)/$$run || exit 1; done
	$(TOOL) compare $(GRID)/demo $(GRID)/smollm2 --control untrained --out $(GRID)/all
	@echo "open $(GRID)/all/report.html in a browser"

$(REAL)/weights/concepts-slice.txt:
	python3 $(REAL)/fetch.py

# Strict about warnings and about imports across rooms, in a build folder of its own.
test: packages sanitized
	swift test -c release --scratch-path .build-test -Xswiftc -warnings-as-errors \
	  --explicit-target-dependency-import-check error

# The C code under the sanitizers for addresses and undefined behaviour.
sanitized: packages
	Tests/Sanitizers/run

# The same calls on 64-bit ARM, under QEMU.
arm:
	Tests/Sanitizers/arm

# Chromium, and what drives it, in an environment of its own. TESTED is the tool that makes the reports.
TESTED = .build-test/release/latentlens
BROWSER = .venv-browser
browser: $(BROWSER)/installed
	@test -x $(TESTED) || { echo "build the tool first: make test, or make build and TESTED=$(TOOL)"; exit 1; }
	LATENTLENS=$(abspath $(TESTED)) $(BROWSER)/bin/python -m pytest -q -p no:cacheprovider Tests/Browser

$(BROWSER)/installed: Tests/Browser/requirements.txt
	scripts/install-chromium
	python3 -m venv $(BROWSER)
	$(BROWSER)/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

# Under the address sanitizer and, in C, that for undefined behaviour (Tests/Fuzz/README.md).
SECONDS = 10
fuzz: packages
	Tests/Fuzz/run $(SECONDS)

# In a build folder of its own, since every module is built anew.
mpi: packages
	Tests/MPI/check.sh

# Families that are not part of the package, with an executable of their own, and the library in ten lines.
OUTSIDE = Examples/Outside
EXAMPLE = swift run -c release --package-path $(OUTSIDE) outside-lens
EXAMPLE_INDEX = $(OUTSIDE)/.build/demo.index
# SwiftPM misses files that are new in folders of a package beside it, unless the manifest is younger.
example: packages
	touch $(OUTSIDE)/Package.swift
	$(EXAMPLE) verify --model $(OUTSIDE)/Fixtures/starcoder --golden $(OUTSIDE)/Fixtures/starcoder
	$(EXAMPLE) verify --model $(OUTSIDE)/Fixtures/mosaic --golden $(OUTSIDE)/Fixtures/mosaic
	rm -rf $(EXAMPLE_INDEX)
	$(EXAMPLE) index build --model models/demo/model.json --corpus models/demo/corpus.txt --out $(EXAMPLE_INDEX)
	swift run -c release --package-path $(OUTSIDE) read-picture models/demo/model.json $(EXAMPLE_INDEX) \
	  models/demo/images/harbour.jpg 4 > $(OUTSIDE)/.build/words.txt
	head -5 $(OUTSIDE)/.build/words.txt

# Needs the peers: pip install torch transformers tokenizers safetensors gguf accelerate latentlens faiss-cpu
PYTHON = python3
bench: build
	$(PYTHON) Benchmarks/bench.py $(TOOL) .build/bench

KILLS = 200
kills: build
	$(PYTHON) Tests/Kills/kills.py $(TOOL) $(KILLS)

leaks: build
	$(PYTHON) Tests/Limits/leaks.py $(TOOL)

race: packages
	Tests/Races/run

MUTANTS = 3000
pillow:
	$(PYTHON) Tests/Pillow/mutants.py $(MUTANTS)

limits: build
	$(PYTHON) Tests/Limits/limits.py $(TOOL)

build: packages
	$(SWIFT_BUILD) --product latentlens

packages:
	@scripts/install-packages

lint:
	swift format lint --strict --recursive Sources Tests Examples Package.swift

clean:
	rm -rf .build .build-test .build-fuzz .build-mpi .build-thread $(BROWSER) Examples/Outside/.build out
