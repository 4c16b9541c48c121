# SPDX-License-Identifier: Apache-2.0
"""A Python with PyTorch, from its wheel for CUDA, on a machine without CUDA.

The wheel of the Python Package Index links to some gigabytes of CUDA libraries. A run on the
processor alone never calls them, but the loader wants to see them. So each gets a library of its
name whose functions only say that there is no device. Needs a C compiler, nm and readelf.
"""
import collections
import fcntl
import os
import pathlib
import re
import subprocess
import sys

ENVIRONMENT = pathlib.Path(__file__).resolve().parent.parent / "build/torch"
STAND_INS = ENVIRONMENT / "stand-ins"
PYTHON = ENVIRONMENT / "bin/python"
PACKAGES = ["torch==2.15.0", "safetensors", "numpy", "filelock", "typing-extensions", "sympy", "mpmath",
            "networkx", "jinja2", "markupsafe", "fsspec", "setuptools"]

NO_DEVICE = 100  # cudaErrorNoDevice
NEEDED = re.compile(r"lib(cu|nv|nccl)")
FUNCTION = re.compile(r"(__cuda|cuda|cu[A-Z]|cudnn|cublas|cufft|cusparse|cusolver|cupti|cuFile|"
                      r"nccl|nvrtc|nvml|nvshmem)")


def output_of(*command):
    return subprocess.run(command, check=True, text=True, capture_output=True,
                          env={**os.environ, "LC_ALL": "C"}).stdout


def missing_libraries(objects):
    """Maps each library that is needed and not there to the versions wanted of it."""
    present = {path.name for path in objects}
    versions = collections.defaultdict(set)
    for path in objects:
        for name in re.findall(r"NEEDED.*\[(.*?)\]", output_of("readelf", "-d", path)):
            if name not in present and NEEDED.match(name):
                versions[name]  # an entry, perhaps without any version
        library = None
        for line in output_of("readelf", "-V", "-W", path).splitlines():
            if match := re.search(r"File: (\S+)", line):
                library = match[1]
            elif match := re.search(r"Name: (\S+)\s+Flags", line):
                if library not in present and NEEDED.match(library):
                    versions[library].add(match[1])
    return versions


def wanted_functions(objects, versions):
    """Maps each missing library to its functions, [(name, version or None)]."""
    library_of = {version: name for name, all_of in versions.items() for version in all_of}
    home = next(name for name in versions if name.startswith("libcudart"))
    functions = collections.defaultdict(dict)
    for path in objects:
        for line in output_of("nm", "-D", "--undefined-only", path).splitlines():
            name, _, version = line.split()[-1].partition("@")
            if FUNCTION.match(name):
                version = version.lstrip("@") or None
                functions[library_of.get(version, home)][name] = version
    return functions


def source_of(name):
    if name in ("cudaGetErrorString", "cudaGetErrorName"):
        return f'const char* {name}(void) {{ return "no CUDA here"; }}\n'
    fails = name.startswith("cuda") and not name.startswith(("cudaGetLast", "cudaPeek"))
    return f"long {name}(void) {{ return {NO_DEVICE if fails else 0}; }}\n"


def make_stand_ins(torch_folder, target):
    """Fills the folder `target`; to be given as LD_LIBRARY_PATH to the Python that imports."""
    target = pathlib.Path(target)
    target.mkdir(parents=True, exist_ok=True)
    objects = sorted(pathlib.Path(torch_folder, "lib").glob("*.so*"))
    versions = missing_libraries(objects)
    functions = wanted_functions(objects, versions)
    for library, wanted in versions.items():
        source, script = target / "stand_in.c", target / "stand_in.map"
        source.write_text("".join(source_of(name) for name in functions[library]))
        nodes = {version: "" for version in wanted}
        for name, version in functions[library].items():
            if version:
                nodes[version] += f"{name}; "
        script.write_text("".join(f"{version} {{ global: {names} }};\n"
                                  for version, names in nodes.items()))
        scripted = [f"-Wl,--version-script={script}"] if nodes else []
        subprocess.run(["cc", "-shared", "-fPIC", "-fno-builtin", "-w", f"-Wl,-soname,{library}",
                        "-o", target / library, source, *scripted], check=True)


def variables():
    """What PYTHON must be started with."""
    return {**os.environ, "LD_LIBRARY_PATH": str(STAND_INS)}


def is_there():
    return PYTHON.exists() and subprocess.run(
        [PYTHON, "-c", "import torch, safetensors"], env=variables(), check=False,
        capture_output=True).returncode == 0


def install():
    """Fills ENVIRONMENT, about 1 GB, unless it is there. OSError or CalledProcessError if it
    cannot."""
    ENVIRONMENT.parent.mkdir(exist_ok=True)
    with open(ENVIRONMENT.with_suffix(".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_there():
            return
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                        "--no-deps", *PACKAGES], check=True)
        if not is_there():
            make_stand_ins(next(ENVIRONMENT.glob("lib/python*/site-packages/torch")), STAND_INS)
        if not is_there():
            raise OSError(f"PyTorch in {ENVIRONMENT} cannot be imported")
