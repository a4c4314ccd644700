"""Steps that others ship as differentially private: what they claim, beside what a game and arithmetic find."""
