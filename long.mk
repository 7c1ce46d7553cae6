# `make long`: what takes longer than `make test` may.  Each part stands alone (`make long-NAME`),
# takes under 40 minutes, and has its own last result in docs/measurements.md.
LONG := crash bench
long: $(addprefix long-,$(LONG))   ## everything that takes long

long-crash: peers        ## many rounds of SIGKILL in the middle of load
	$(BIN)/python -m pytest -m long tests/durability

long-bench: peers        ## speed beside the peers, all sizes, sessions kept open and not
	$(BIN)/python -m bench receive
	$(BIN)/python -m bench receive --reconnect --size 10240
	$(BIN)/python -m bench latency --size 1024,10240
	$(BIN)/python -m bench idle
