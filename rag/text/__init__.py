"""The grammar of medical text: sentences, quantities, words. Pure functions, no models."""
