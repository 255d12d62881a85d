"All settings live in settings.ini; edit there, not here."
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

config = ConfigParser(delimiters=["="])
config.read("settings.ini", encoding="utf-8")
config = config["DEFAULT"]
library = config["lib_path"]
readme = Path("README.md")
licenses = {"apache2": "Apache-2.0"}
statuses = {"3": "Development Status :: 3 - Alpha", "4": "Development Status :: 4 - Beta",
            "5": "Development Status :: 5 - Production/Stable"}

setup(
    name=config["lib_name"],
    version=config["version"],
    description=config["description"],
    keywords=config["keywords"].split(),
    author=config["author"],
    license=licenses[config["license"]],
    license_files=["LICENSE"],
    url=config["git_url"],
    python_requires=">=" + config["min_python"],
    classifiers=[
        statuses[config["status"]],
        "Intended Audience :: " + config["audience"],
        "Natural Language :: " + config["language"],
        *(f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13)),
    ],
    packages=find_packages(include=[library, library + ".*"]),
    package_data={library: ["weights/*.safetensors"]},
    install_requires=config["requirements"].split(),
    extras_require={"dev": config["dev_requirements"].split()},
    long_description=readme.read_text(encoding="utf-8") if readme.exists() else "",
    long_description_content_type="text/markdown",
    entry_points={
        "console_scripts": config["console_scripts"].split(),
        "nbdev": [f"{library}={library}._modidx:d"],
    },
    zip_safe=False,
)
