"""What holds for all tests."""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell starts its background jobs so, and every command that a test interrupts inherits it
    signal.signal(signal.SIGINT, signal.default_int_handler)
