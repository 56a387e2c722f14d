"""What `make run` starts: the demo company into an empty database, then Kaja."""

import os
import subprocess
import sys

from kaja.__main__ import main
from kaja.commands import supervisor

if __name__ == "__main__":
    folder = supervisor.data_folder()
    try:
        supervisor.check("127.0.0.1", int(os.environ.get("PORT") or 8000), folder)
    except OSError as error:
        sys.exit(f"kaja: {error}")
    filled = folder / ".demo"  # Written last: who stopped the filling half-way gets it the next time.
    if not filled.exists():
        print("Filling the database with a demo company …", flush=True)
        supervisor.prepare(folder)
        # In a process of its own: the one that stays shall stay small.
        if subprocess.run([sys.executable, "-m", "kaja", "demo", "--if-empty"], check=False).returncode:
            sys.exit("kaja: the demo company could not be made; the lines above say why.")
        filled.touch()
    main(["up"])
