"""What people hear: the catalogue of prompts in three languages, tones, hold music, and the files of them."""
