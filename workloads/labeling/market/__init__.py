"""The market: labelled data sets that their owners are paid for, per purchase and per training iteration."""
