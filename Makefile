# LatentLens: what a newcomer types. `make demo` and `make test` are all that is needed.

SWIFT_BUILD = swift build -c release
TOOL = .build/release/latentlens

.PHONY: help demo test build packages lint bench clean

help:
	@echo "make demo    install what is missing, build, interpret the demo's images, and say where the report is"
	@echo "make test    build and run every test"
	@echo "make lint    check the format of the sources"

demo: build
	$(TOOL) run models/demo/run.json --out out/demo

test: packages
	swift test -c release --build-system native -Xswiftc -warnings-as-errors --explicit-target-dependency-import-check error

build: packages
	$(SWIFT_BUILD) --product latentlens

packages:
	@scripts/install-packages

lint:
	swift format lint --strict --recursive Sources Tests Package.swift

clean:
	rm -rf .build out
