"""The properties, by what they speak of; each is named by the id of its claim."""
