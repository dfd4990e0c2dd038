"""Answer kinds, one module each; every one has `judge(part, truth, answer) -> Verdict`."""
