"""What operators change about results that stand: never without a trace, and never in place of what was measured."""
