"""The screens: they ask and show; what may be done to a disk is decided in `installer`.

Nothing is imported here: `screens.app.run` sets up the console before Textual reads its settings.
"""
