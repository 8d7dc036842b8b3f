"""The operations of a plan, each with its sentence, its needs, its deed and its verification."""
