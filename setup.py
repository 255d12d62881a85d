"All settings live in settings.ini; edit there, not here."
import re
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_namespace_packages, setup

config = ConfigParser(delimiters=["="])
config.read("settings.ini", encoding="utf-8")
config = config["DEFAULT"]
library = config["lib_path"]
readme = Path("README.md")
source = config["git_url"]
licenses = {"apache2": "Apache-2.0"}
statuses = {"3": "Development Status :: 3 - Alpha", "4": "Development Status :: 4 - Beta",
            "5": "Development Status :: 5 - Production/Stable"}


def absolute_links(text):
    "README with links that also work on a package index: files and images of the repository"
    text = re.sub(r"(!\[[^]]*\]\()(?!https?:|#)", rf"\1{source}/raw/{config['branch']}/", text)
    return re.sub(r"(?<!!)(\[(?:[^][]|!\[[^]]*\]\([^)]*\))*\]\()(?!https?:|#)",
                  rf"\1{source}/blob/{config['branch']}/", text)


setup(
    name=config["lib_name"],
    version=config["version"],
    description=config["description"],
    keywords=config["keywords"].split(),
    author=config["author"],
    license=licenses[config["license"]],
    license_files=["LICENSE"],
    url=source,
    project_urls={
        "Documentation": config["doc_host"] + config["doc_baseurl"],
        "Source": source,
        "Changelog": f"{source}/blob/{config['branch']}/CHANGELOG.md",
        "Issues": f"{source}/issues",
    },
    python_requires=">=" + config["min_python"],
    classifiers=[
        statuses[config["status"]],
        "Intended Audience :: " + config["audience"],
        "Intended Audience :: Science/Research",
        "Operating System :: OS Independent",
        "Natural Language :: " + config["language"],
        *(f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13)),
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Scientific/Engineering :: Image Recognition",
    ],
    packages=find_namespace_packages(include=[library, library + ".*"]),
    package_data={library + ".weights": ["**/*.safetensors", "*.json"]},
    install_requires=config["requirements"].split(),
    extras_require={name.removesuffix("_requirements"): config[name].split()
                    for name in config if name.endswith("_requirements")},
    long_description=absolute_links(readme.read_text(encoding="utf-8")),
    long_description_content_type="text/markdown",
    entry_points={
        "console_scripts": config["console_scripts"].split(),
        "nbdev": [f"{library}={library}._modidx:d"],
    },
    zip_safe=False,
)
