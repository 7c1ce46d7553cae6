# `make long`: what takes longer than `make test` may.  Each part stands alone (`make long-NAME`),
# takes under 40 minutes, and has its own last result in docs/measurements.md.
LONG := crash
long: $(addprefix long-,$(LONG))   ## everything that takes long

long-crash: peers        ## many rounds of SIGKILL in the middle of load
	$(BIN)/python -m pytest -m long tests/durability
