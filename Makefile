.PHONY: lib test readme site serve

lib:     # notebooks -> mnist8k/*.py
	nbdev_export

test:    # modules, tests, then notebooks without what Jupyter left in them
	nbdev_export && nbdev_test && nbdev_clean

readme:  # nbs/index.ipynb, run once more -> README.md
	python .ci/readme.py

site:    # notebooks -> _docs/html
	python docs/build.py

serve: site
	python -m http.server --directory _docs/html
