"""The logo, as SVG that reads well on light and dark."""

_DOTS = """
<circle cx="4" cy="12" r="2.6"/><circle cx="11" cy="12" r="3.4"/><circle cx="20" cy="12" r="4"/>
<path d="M4 11h16v2H4z"/>
"""

#: A square mark, for the browser's tab and the closed sidebar.
MARK = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="#3f8f7b">{_DOTS}</svg>'

#: The mark with the product's name.
WORDMARK = f"""
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 112 24" fill="#3f8f7b">{_DOTS}
<text x="32" y="17.5" font-family="'Source Sans', 'Segoe UI', Helvetica, Arial, sans-serif"
 font-size="18" font-weight="600" letter-spacing="-0.2">Pipeline</text></svg>
""".strip()
