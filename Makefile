# LatentLens: what a newcomer types. `make demo` and `make test` are all that is needed.

SWIFT_BUILD = swift build -c release
TOOL = .build/release/latentlens

.PHONY: help demo test example build packages lint bench clean

help:
	@echo "make demo    install what is missing, build, interpret the demo's images, and say where the report is"
	@echo "make test    build and run every test"
	@echo "make example build the adapter from outside, and hold it to its reference"
	@echo "make bench   time the tool against a peer on this machine"
	@echo "make lint    check the format of the sources"

demo: build
	$(TOOL) run models/demo/run.json --out out/demo
	@echo "open out/demo/report.html in a browser"

# Strict about warnings and about imports across rooms, in a build folder of its own.
test: packages
	swift test -c release --scratch-path .build-test -Xswiftc -warnings-as-errors \
	  --explicit-target-dependency-import-check error

# A family that is not part of the package, with an executable of its own.
EXAMPLE = swift run -c release --package-path Examples/StarCoder starcoder-lens
example: packages
	$(EXAMPLE) verify --model Examples/StarCoder/Fixture --golden Examples/StarCoder/Fixture

# Needs the peer: pip install torch transformers tokenizers safetensors latentlens
PYTHON = python3
bench: build
	$(PYTHON) Benchmarks/bench.py $(TOOL) .build/bench

build: packages
	$(SWIFT_BUILD) --product latentlens

packages:
	@scripts/install-packages

lint:
	swift format lint --strict --recursive Sources Tests Examples Package.swift

clean:
	rm -rf .build .build-test Examples/StarCoder/.build out
