"""What every operation of the emulator uses: state, time, validation, paging and output."""
