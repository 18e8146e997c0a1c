"""Activities: what partners and people did beside selling (trainings, demos), counted by plans that ask for them."""
