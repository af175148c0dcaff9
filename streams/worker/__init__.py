"""The live shell: wires core, codec and kafka together and holds no logic of its own."""
