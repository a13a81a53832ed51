"""Forms: a JSON Schema as fields, what a browser posts as the body that the schema asks for, and faults at the fields.

Pure, and without a request. The templates' side is ``macros/forms.html``. The name of an input is the JSON pointer of
its value; inside an alternative (``oneOf``) a question mark and the alternative's key follow. Names of controls, which
hold no value of their own, begin with an underscore.
"""

from web.forms.build import form_of
from web.forms.field import ADD, Field, Form, Kind, Option, Under
from web.forms.read import added, body_of

__all__ = ["ADD", "Field", "Form", "Kind", "Option", "Under", "added", "body_of", "form_of"]
